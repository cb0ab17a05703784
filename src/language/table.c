/* The command table: prompt, completion, help and tests are loops over it. */
#include "batchlab/language.h"

#define BL_COMMAND(name) extern const struct bl_command bl_command_##name;
#include "command_list.h"
#undef BL_COMMAND

#define BL_COMMAND(name) &bl_command_##name,
const struct bl_command *const bl_commands[] = {
#include "command_list.h"
    NULL,
};
