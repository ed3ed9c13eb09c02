/* attempt_store - reading and making attempts; they are moved by journal.h alone. Rows come in the arena, NULL: there is none. */
#pragma once
#include "attempt.h"
#include "common/db.h"

struct new_attempt {
    const char *attempt_id, *order_number, *method, *state;
    const char *owner; /* leased to, for lease_seconds; NULL: due at once, for anybody */
    int64_t exhibition_id, amount, lease_seconds, tries;
};
/* *at is NULL when an attempt of that id exists already. */
enum db_rc attempt_store_new(struct db *db, struct arena *a, const struct new_attempt *n, struct attempt **at);
enum db_rc attempt_store_find(struct db *db, struct arena *a, const char *attempt_id, struct attempt **at);
enum db_rc attempt_store_get(struct db *db, struct arena *a, int64_t id, struct attempt **at);
enum db_rc attempt_store_list(struct db *db, struct arena *a, const int64_t *ids, size_t n, struct attempt ***rows,
                              size_t *n_rows);
/* Those with one of these ids or one of these keys, in no order. */
enum db_rc attempt_store_named(struct db *db, struct arena *a, const char *const *attempt_ids, size_t n_ids,
                               const char *const *payment_keys, size_t n_keys, struct attempt ***rows, size_t *n_rows);
/* The newest window of an order and a way to pay that is open, or being opened, and younger than `max_age_seconds`. */
enum db_rc attempt_store_window(struct db *db, struct arena *a, const char *order_number, const char *method,
                                int64_t max_age_seconds, struct attempt **at);
/* The attempt that says how an order stands: one that got beyond its window before one that did not, else the newest. */
enum db_rc attempt_store_of_order(struct db *db, struct arena *a, const char *order_number, struct attempt **at);
/* SQL for "looked at soon, but at most every 5 s"; t: "", or the row's name with its dot. */
#define ATTEMPT_SOON(t) "due_at = least(" t "due_at, greatest(now(), " t "looked_at + interval '5 s')) "
/* A webhook may know more than we do: the payment is looked at, soon, but at most every 5 s. */
enum db_rc attempt_store_ask(struct db *db, struct arena *a, int64_t id);
/* The state is to be taken up now; a webhook says that what we wait for has happened, or booking waits for us. */
enum db_rc attempt_store_wake(struct db *db, struct arena *a, int64_t id);
/* Cancels that the provider lists and that are no refunds of ours. *n: how many were new. */
enum db_rc attempt_store_external(struct db *db, struct arena *a, int64_t id, const struct money *m, int64_t *n);
