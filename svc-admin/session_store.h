/* session_store - table sessions. What changes a session's version or ends it is told to the gateway (session_store_changed). */
#pragma once
#include <stddef.h>
#include "common/db.h"
#include "session.h"

/* Takes id, user_id, otp, client, user_agent; gives its times. */
enum db_rc session_store_new(struct db *db, struct arena *a, struct session *s);
/* Locked; user_id 0: there is none. *now_ms: of the database. */
enum db_rc session_store_lock(struct db *db, struct arena *a, const char *id, struct session *s, int64_t *now_ms);
/* It was used: the generation and the key that made it. */
enum db_rc session_store_turn(struct db *db, struct arena *a, const struct session *s);
/* Of those that go on. */
enum db_rc session_store_list(struct db *db, struct arena *a, int64_t user_id, struct session **rows, size_t *n);

/* *whose: the account, if it went on until now and is of `user_id` (0: of anybody); else 0. */
enum db_rc session_store_end(struct db *db, struct arena *a, const char *id, int64_t user_id, int64_t *whose);
/* All of an account but one ("": all). */
enum db_rc session_store_end_others(struct db *db, struct arena *a, int64_t user_id, const char *but);
/* All but the `keep` used last; *n: so many. */
enum db_rc session_store_end_surplus(struct db *db, struct arena *a, int64_t user_id, int keep, int *n);
/* Access tokens of all sessions of the account become worthless; refreshing gives new ones. */
enum db_rc session_store_raise(struct db *db, struct arena *a, int64_t user_id);
/* Whether the second factor was shown in it; raises its version. */
enum db_rc session_store_otp(struct db *db, struct arena *a, const char *id, bool otp);

struct session_change {
    const char *id;
    int64_t version; /* of ended ones SESSION_ENDED */
};
#define SESSION_ENDED ((INT64_C(1) << 53) - 1)
/* What was changed after `since_ms`, or within the last `span_ms` if that is later. *until_ms: where to go on. It stays a
 * minute behind the clock: a transaction that is still running may have changed something earlier. */
enum db_rc session_store_changed(struct db *db, struct arena *a, int64_t since_ms, int64_t span_ms, int limit,
                                 struct session_change **rows, size_t *n, int64_t *until_ms);
/* Ends what is over, and forgets what ended days ago. One batch of each (common/batch.h). */
bool session_store_tidy(struct db *db, struct arena *a, const struct session_limits *limits);
