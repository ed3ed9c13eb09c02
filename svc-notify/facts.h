/* facts - pulls what booking and payment tell; each page becomes facts and messages in one transaction with its cursor. */
#pragma once
#include "notify.h"

struct daemon;
struct facts;
/* NULL: cannot start; the reason is in the log. */
struct facts *facts_start(struct daemon *d);
void facts_stop(struct facts **f);
