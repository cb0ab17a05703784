/* The door: what main attaches to a session. */
#include "dashboard.h"
#include "loop.h"

/* The hook is called with the shell's context, so what belongs to us is kept here. One program has one
 * terminal. */
static struct { struct bl_session *session; struct bl_terminal terminal; } attached;

static bool watch(void *context, struct bl_error *err)
{
    (void)context;
    return loop_run(attached.session, &attached.terminal, err);
}

void dashboard_attach(struct bl_session *s, const struct bl_terminal *t)
{
    attached.session = s;
    attached.terminal = *t;
    if (t->in && t->out && !t->dumb && !s->plain && s->output == BL_OUT_TABLE)
        s->screen.watch = watch;
}
