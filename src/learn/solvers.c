/* The table of full-batch methods. */
#include "src/learn/solvers.h"

#include <string.h>

const struct bl_solver_type *const bl_solvers[] = {
    &bl_solver_newton,
    &bl_solver_lbfgs,
    &bl_solver_cg,
    &bl_solver_closed,
    NULL,
};

const struct bl_solver_type *bl_solver_find(const char *name)
{
    for (size_t i = 0; bl_solvers[i]; i++)
        if (strcmp(bl_solvers[i]->name, name) == 0)
            return bl_solvers[i];
    return NULL;
}
