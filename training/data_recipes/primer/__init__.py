"""A primer for the model: the best-known medicines, formulas and ideas, in short plain sentences.

Written for this project (Apache-2.0), from what every textbook says. The classics hold thousands of
medicines, each in the words of many books; people ask about a few hundred. A model of three
million parameters learns those few hundred only when it reads them often and always alike.
"""
