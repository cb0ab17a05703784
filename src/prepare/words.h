/* Names from data inside a hint: what a hint says can be typed as it stands. Private to the room.
 */
#ifndef BATCHLAB_PREPARE_WORDS_H
#define BATCHLAB_PREPARE_WORDS_H

struct bl_typed {
    char text[200];
};
/* The name as one word of the command language: in quotes where it needs them. */
struct bl_typed bl_typed(const char *name);

#endif
