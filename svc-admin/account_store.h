/* account_store - tables admin_users and recovery_codes. */
#pragma once
#include <stddef.h>
#include "account.h"
#include "common/db.h"

/* account->id 0: there is none. */
enum db_rc account_store_by_name(struct db *db, struct arena *a, const char *username, struct account *account);
enum db_rc account_store_find(struct db *db, struct arena *a, int64_t id, struct account *account);
enum db_rc account_store_lock(struct db *db, struct arena *a, int64_t id, struct account *account);
struct account_query {
    int64_t after, limit;      /* by id */
    enum role role;            /* 0: any */
    const char *exhibition;    /* may see it; NULL: any */
    const char *manager_scope; /* whom a manager of these may manage (account_may_manage); NULL: everybody */
};
enum db_rc account_store_list(struct db *db, struct arena *a, const struct account_query *q, struct account **rows,
                              size_t *n);
/* Is there an exhibition for each code of `scope` that is not one of `held`? Those made a second ago may be missing. */
enum db_rc account_store_codes_known(struct db *db, struct arena *a, const char *scope, const char *held, bool *known);

/* Takes username, role, scope, active, password_hash; gives the whole row. id 0: the name is taken. */
enum db_rc account_store_new(struct db *db, struct arena *a, struct account *account);
/* The first of all, a superadmin; id 0: there is somebody already. */
enum db_rc account_store_first(struct db *db, struct arena *a, struct account *account);
enum db_rc account_store_any(struct db *db, struct arena *a, bool *any);
/* Saves role, scope, active, password_hash and raises the version. */
enum db_rc account_store_save(struct db *db, struct arena *a, struct account *account);
enum db_rc account_store_delete(struct db *db, struct arena *a, int64_t id);
/* Whoever changes one of the superadmins holds this until the commit, so that two cannot take the last two away. */
enum db_rc account_store_lock_superadmins(struct db *db, struct arena *a);
/* Active ones. */
enum db_rc account_store_superadmins(struct db *db, struct arena *a, int64_t *n);

enum db_rc account_store_signed_in(struct db *db, struct arena *a, int64_t id, int64_t otp_step);

/* ---- second factor ---- */
/* A new secret that is not confirmed; the codes of an earlier one are gone. NULL: none any more. Raises the version. */
enum db_rc account_store_otp_secret(struct db *db, struct arena *a, int64_t id, const char *sealed);
/* From now on it is asked for; that step is used. Raises the version. */
enum db_rc account_store_otp_confirm(struct db *db, struct arena *a, int64_t id, int64_t step,
                                     const char *const *code_hashes, size_t n);
/* *used false: there is no such code. */
enum db_rc account_store_use_code(struct db *db, struct arena *a, int64_t id, const char *code_hash, bool *used);
