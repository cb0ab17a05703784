/* From words to things: verbs, keys, and what to suggest when a name does not exist. */
#include "src/language/private.h"

#include <ctype.h>
#include <string.h>

#define MANY 128 /* more than there are commands, keys or settings */

bool bl_key_same(const char *a, const char *b)
{
    for (; *a && *b; a++, b++) {
        const int x = *a == '-' ? '_' : tolower((unsigned char)*a);
        const int y = *b == '-' ? '_' : tolower((unsigned char)*b);

        if (x != y)
            return false;
    }
    return *a == *b;
}

static bool starts(const char *name, const char *prefix)
{
    size_t i = 0;

    while (prefix[i] && tolower((unsigned char)prefix[i]) == name[i])
        i++;
    return !prefix[i];
}

const struct bl_command *bl_command_find(const char *name)
{
    for (size_t i = 0; bl_commands[i]; i++) {
        const struct bl_command *c = bl_commands[i];

        if (bl_key_same(c->name, name))
            return c;
        for (size_t k = 0; c->aliases && c->aliases[k]; k++)
            if (strcmp(c->aliases[k], name) == 0)
                return c;
    }
    return NULL;
}

/* How many letters of `name` tell it apart from every other command. */
static size_t enough_letters(const char *name)
{
    size_t n = 1;

    for (size_t i = 0; bl_commands[i]; i++) {
        const char *other = bl_commands[i]->name;
        size_t same = 0;

        if (strcmp(other, name) == 0)
            continue;
        while (name[same] && name[same] == other[same])
            same++;
        if (same + 1 > n)
            n = same + 1;
    }
    return n < strlen(name) ? n : strlen(name);
}

static size_t with_prefix(const char *word, const struct bl_command **found, size_t limit)
{
    size_t n = 0;

    for (size_t i = 0; bl_commands[i] && *word; i++)
        if (starts(bl_commands[i]->name, word) && n < limit)
            found[n++] = bl_commands[i];
    return n;
}

static void ambiguous(const char *word, const struct bl_command **found, size_t n, struct bl_error *err)
{
    struct bl_text names = {0}, letters = {0};

    for (size_t i = 0; i < n && i < 5; i++) {
        const char *join = i == 0 ? "" : i + 1 == n ? " or " : ", ";

        bl_text_addf(&names, "%s%s", join, found[i]->name);
        bl_text_addf(&letters, "%s%.*s", join, (int)enough_letters(found[i]->name), found[i]->name);
    }
    bl_fail(err, BL_UNKNOWN, "'%s' means %s%s", word, bl_text_get(&names), n > 5 ? ", ..." : "");
    bl_hint(err, "%s is enough", bl_text_get(&letters));
    bl_text_free(&names);
    bl_text_free(&letters);
}

/* What a word of other programs would be here; NULL: it is none. */
static const char *foreign(const char *word)
{
    static const struct { const char *word, *hint; } words[] = {
        {"ls", "datasets (TAB behind load lists files)"}, {"dir", "datasets (TAB behind load lists files)"},
        {"cd", "load FOLDER/FILE: a path is given each time"}, {"pwd", "load FOLDER/FILE: a path is given each time"},
        {"read", "load FILE"}, {"read_csv", "load FILE"}, {"import", "load FILE"}, {"select", "where CONDITION"},
        {"summary", "describe"}, {"info", "columns"}, {"dtypes", "columns"}, {"shape", "columns"}, {"tail", "browse"},
        {"boundary", "plot boundary"}, {"contour", "plot contour"}, {"accuracy", "eval"}, {"auc", "roc"}, {"start", "train batch"}, {"score", "eval"}, {"test", "eval test"}, {"delete", "drop COLUMN"}, {"remove", "drop COLUMN"}, {"rm", "drop COLUMN"},
        {"normalize", "prep standardize"}, {"scale", "prep standardize"}, {"print", "head"}, {"cat", "head"}, {"man", "help"},
        {"clear", "Ctrl-L clears the screen"}, {"cls", "Ctrl-L clears the screen"},
    };

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i].word, word) == 0)
            return words[i].hint;
    return NULL;
}

static void unknown(const char *word, struct bl_error *err)
{
    const char *names[MANY];
    size_t n = 0;
    const char *near;

    for (size_t i = 0; bl_commands[i] && n < MANY; i++)
        names[n++] = bl_commands[i]->name;
    near = bl_nearest(word, names, n);
    bl_fail(err, BL_UNKNOWN, "no command '%s'", word);
    if (foreign(word))
        bl_hint(err, "%s", foreign(word));
    else if (near)
        bl_hint(err, "did you mean '%s'?", near);
    else
        bl_hint(err, "help lists the commands");
}

const struct bl_command *bl_verb_resolve(const char *word, bool interactive, bool *abbreviated, struct bl_error *err)
{
    const struct bl_command *found[MANY];
    const struct bl_command *exact = bl_command_find(word);
    size_t n;

    *abbreviated = false;
    if (exact)
        return exact;
    n = with_prefix(word, found, MANY);
    if (n == 1 && interactive) {
        *abbreviated = true;
        return found[0];
    }
    if (n == 1) {
        bl_fail(err, BL_UNKNOWN, "no command '%s'", word);
        bl_hint(err, "%s (short forms work at the prompt only, so that scripts last)", found[0]->name);
    } else if (n > 1 && interactive) {
        ambiguous(word, found, n, err);
    } else {
        unknown(word, err);
    }
    return NULL;
}

/* ---- keys -----------------------------------------------------------------------------------------*/

static size_t keys_of(const struct bl_command *c, const char **names, size_t limit)
{
    size_t n = 0;

    for (size_t i = 0; c->keys && c->keys[i].name && n < limit; i++)
        names[n++] = c->keys[i].name;
    for (size_t i = 0; c->run_settings && bl_settings_keys[i] && n < limit; i++)
        names[n++] = bl_settings_keys[i];
    return n;
}

bool bl_key_check(const struct bl_command *c, const char *key, struct bl_error *err)
{
    const char *names[MANY];
    struct bl_text list = {0};
    const char *near;
    const size_t n = keys_of(c, names, MANY);

    for (size_t i = 0; i < n; i++)
        if (bl_key_same(names[i], key))
            return true;
    bl_fail(err, BL_UNKNOWN, "%s takes no key '%s'", c->name, key);
    near = bl_nearest(key, names, n);
    for (size_t i = 0; i < n && bl_text_width(bl_text_get(&list), list.length) < 48; i++)
        bl_text_addf(&list, "%s%s", i ? " " : "", names[i]);
    if (near)
        bl_hint(err, "did you mean '%s='? keys: %s", near, bl_text_get(&list));
    else if (n)
        bl_hint(err, "keys: %s (help %s)", bl_text_get(&list), c->name);
    else
        bl_hint(err, "%s%s%s", c->name, *c->arguments ? " " : "", c->arguments);
    bl_text_free(&list);
    return false;
}
