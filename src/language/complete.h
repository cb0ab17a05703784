/* Completion: where the cursor stands, and the list under construction. */
#ifndef BATCHLAB_LANGUAGE_COMPLETE_H
#define BATCHLAB_LANGUAGE_COMPLETE_H

#include "src/language/private.h"

struct place { /* what is being typed at the cursor */
    const struct bl_command *command;  /* NULL: the verb itself */
    size_t n_words;                    /* plain words before it, without the verb */
    char first_word[64];               /* "" if there is none */
    char key[64];                      /* "": not a value */
    bool inside;                       /* in the parentheses of a contestant */
    size_t from;                       /* byte of the line where the word (or value) starts */
    char quote;                        /* open quote */
    char *typed;                       /* the word so far, without quotes */
    bool nothing;                      /* in a comment or behind a pipe */
};
bool bl_place_find(const char *line, size_t at, struct place *p);
void bl_place_done(struct place *p);

struct list {
    struct bl_candidates *out;
    const char *typed;
    size_t capacity;
    char quote;
};
enum { GROUP_WORDS, GROUP_COLUMNS, GROUP_FILES, GROUP_OTHER_FILES, GROUP_KEYS };
/* Adds a name that begins with what was typed; quoted if it must be, unless a quote is open. */
void bl_offer(struct list *l, const char *text, const char *note, int group, bool no_space);
void bl_offer_files(struct list *l, bool data_first);

#endif
