"""A third party's family, as such a package would be written: jobs choose options, options have places."""

from ecoopt.family_class import Family

FAMILY = Family("toy", "Which option each job takes", "the tests of ecoopt", home="ecoopt_toy.problem",
                referee="ecoopt_toy.referee", workshops=("ecoopt_toy.methods",))
