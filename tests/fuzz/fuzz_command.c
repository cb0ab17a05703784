/* The language: any text is read to its end or refused with a message that can be printed; completion
 * may be asked for anywhere in it. */
#include "fuzz.h"

#include <string.h>

#include "src/language/complete.h"

static void read_all(const char *text, bool interactive)
{
    struct bl_arena *arena = bl_arena_create(4096);
    size_t at = 0, line = 0, before = 0;

    for (;;) {
        struct bl_error err = {0};
        struct bl_statement st;
        struct bl_text shown = {0};
        const bool ok = bl_statement_read(text, &at, &line, interactive, arena, &st, &err);

        must(at >= before && at <= strlen(text), "reading goes forward and stays inside");
        if (!ok) {
            must(err.message[0], "a refusal has a message");
            bl_error_print(&err, st.args.line, "f.bl:1: ", &shown);
            must(shown.length > 0, "and is shown");
            bl_text_free(&shown);
        }
        if (!ok || !st.found)
            break;
        must(at > before, "a command takes at least a byte");
        before = at;
        bl_arena_reset(arena);
    }
    bl_arena_free(arena);
}

static void take_apart(const char *text)
{
    struct bl_values values;
    struct bl_call call;

    if (bl_values_expand("lr", text, &values, NULL))
        bl_values_free(&values);
    if (bl_call_parse(text, &call, NULL))
        bl_call_free(&call);
}

static void complete(const char *text)
{
    const size_t n = strlen(text);

    for (size_t at = 0; at <= n; at += 1 + n / 16) {
        struct place p;

        if (!bl_place_find(text, at, &p))
            continue;
        must(p.nothing || p.from <= at, "a word starts before the cursor");
        bl_place_done(&p);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char *text = bl_strndup((const char *)bytes, strnlen((const char *)bytes, size));

    bl_session_wants_more(text);
    read_all(text, false);
    read_all(text, true);
    take_apart(text);
    complete(text);
    bl_free(text);
    return 0;
}
