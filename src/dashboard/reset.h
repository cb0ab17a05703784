/* What term.h tells; apart, because its macros change the meaning of ordinary words. */
#ifndef BATCHLAB_DASHBOARD_RESET_H
#define BATCHLAB_DASHBOARD_RESET_H

#include <stdbool.h>

/* Bytes that give the screen back from any state; static. A terminal must be open. */
const char *show_reset_bytes(void);
bool show_can_move(void);
bool show_goes_back(void); /* there is another screen, which comes back when this one is left */

#endif
