/* What `undo` goes by. */
#ifndef BATCHLAB_LANGUAGE_UNDO_H
#define BATCHLAB_LANGUAGE_UNDO_H

#include <stddef.h>
#include <stdint.h>

enum { BL_UNDO_MOST = 100, BL_UNDO_RUNS = 32 };
enum bl_undo_kind { BL_UNDO_NONE, BL_UNDO_MOVE, BL_UNDO_SETTING, BL_UNDO_BREAK, BL_UNDO_WALL /* undo goes no further back */ };
struct bl_undo { /* how things stood before a command */
    enum bl_undo_kind kind;
    char *line;               /* the command */
    char *restore;            /* commands that bring it back; NULL: move */
    size_t run, n, breaks;    /* number of the run, 0: there was none; contestants; of a break its number */
    uint64_t planned;
    double epoch[BL_UNDO_RUNS];
    uint64_t update[BL_UNDO_RUNS];
};

#endif
