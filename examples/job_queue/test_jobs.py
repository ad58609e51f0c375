"""The new queue is the old one, whatever is done to it."""

from memfold.testing import equivalence

TestNew = equivalence("jobs@new")
TestStoreAlone = equivalence("jobs@convert[store=new]")
