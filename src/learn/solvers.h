/* The full-batch methods: one file each, and one line in the table of solvers.c. */
#ifndef BATCHLAB_LEARN_SOLVERS_H
#define BATCHLAB_LEARN_SOLVERS_H

#include "batchlab/learn.h"

extern const struct bl_solver_type bl_solver_newton, bl_solver_lbfgs, bl_solver_cg, bl_solver_closed;

#endif
