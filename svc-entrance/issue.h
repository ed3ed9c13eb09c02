/* issue - codes that are missing are signed and stored, in the transaction that found them missing. */
#pragma once
#include "code_store.h"

struct keys;
/* DB_RETRY: there is no key yet. */
enum db_rc issue_codes(struct keys *keys, struct db *db, struct arena *a, struct issue *issues, size_t n);
