/* keep_store - what is not kept for ever: webhooks 90 days, answers under idempotency keys 24 hours. (Accounts for refunds:
 * refund_store_forget.) */
#pragma once
#include "common/db.h"

/* One batch of each (common/batch.h). */
bool keep_store_forget(struct db *db);
