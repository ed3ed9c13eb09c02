/* login_try - somebody shows a password: locked or not, right or wrong, counted. */
#pragma once
#include "account.h"
#include "account_secret.h"
#include "common/db.h"
#include "common/status.h"
#include "login.h"

struct bus_req;
struct worker;

struct login_try {
    char name_hash[DIGEST_TEXT_LEN + 1];
    struct login_tries tries; /* this one among them; no failures: it was not counted */
    bool cleared;
    struct account account; /* id 0: there is none of that name */
    int64_t retry_after;    /* seconds, where it is locked */
};
/* ST_OK: the password is that of an active account. ST_UNAUTHENTICATED: it is not. ST_ACCOUNT_LOCKED: nothing was compared. Else
 * the try counts as failed until it is settled, however the call ends. */
enum status login_try(struct worker *w, struct bus_req *req, const char *username, const char *password,
                      struct login_try *t);
/* The same by somebody who is signed in, counted apart: who tries names at the door locks nobody out of the own account. `password`
 * NULL: something else is shown, which the caller compares. */
enum status login_try_own(struct worker *w, struct bus_req *req, const struct account *account, const char *password,
                          struct login_try *t);
/* It succeeded: in the transaction of what it was for. */
enum db_rc login_try_clear(struct worker *w, struct bus_req *req, struct login_try *t);
/* Whatever was tried before counts no more: somebody else has set a new password. */
enum db_rc login_try_forgive(struct worker *w, struct bus_req *req, const char *username);
/* What came of it, `st`: wrong (ST_UNAUTHENTICATED, ST_VALIDATION_FAILED) stays counted, and a lock that follows is told; right
 * without effect, be it that the database was busy, was none. Returns `st`. */
enum status login_try_settle(struct worker *w, struct bus_req *req, struct login_try *t, enum status st);
/* Ends the request, which must not be touched any more. */
enum status login_try_refuse(struct bus_req *req, const struct login_try *t);
