/* staff_table - exhibitions, products and slots are kept by staff in the same way; this says how they differ. The
 * tables themselves, with their SQL, are in exhibition_store.c, product_store.c and slot_store.c. */
#pragma once
#include "common/db.h"
#include "record.h"

struct pool_change;

struct staff_table {
    const char *entity; /* "product" */
    const char *plural; /* "products" */
    const struct record_field *fields;
    size_t n_fields;
    const char *size_field; /* of its pool: "total_quantity"; NULL: has none */
    const char *blame;      /* field named when the values contradict each other */
    /* Columns of both: id, exhibition_id, version, exhibition's code, pool_id or 0, JSON as staff see it. */
    struct db_stmt
        list; /* $1 codes text[] or NULL for all, $2 after this id, $3 limit, $4 $5 days from and to, or NULL */
    struct db_stmt lock; /* $1 id; the row stays locked */
    /* $1 id, then the fields in order, NULL: as it was. Raises the version; no row when a value is fixed by now. */
    struct db_stmt update;
    struct db_stmt halt;   /* nobody reads the table until the end of the transaction */
    struct db_stmt used;   /* $1 id: true when orders know it */
    struct db_stmt remove; /* $1 id */
};
extern const struct staff_table exhibition_table, product_table, slot_table;

struct staff_row { /* texts in the arena */
    int64_t id, exhibition_id, version, pool_id;
    const char *code, *json;
};
struct staff_query {
    const char *const *codes; /* NULL: all */
    size_t n_codes;
    int64_t after, limit;
    const char *from, *to; /* days, or NULL */
};
enum db_rc staff_table_list(struct db *db, struct arena *a, const struct staff_table *t, const struct staff_query *q,
                            struct staff_row **rows, size_t *n);
/* The rest inside a transaction. *row is NULL when there is none. */
enum db_rc staff_table_lock(struct db *db, struct arena *a, const struct staff_table *t, int64_t id,
                            struct staff_row **row);
/* DB_CHECK: the values contradict each other. DB_UNIQUE: taken, or fixed. `args` as record_read() made them, the first
 * one the id. */
enum db_rc staff_table_update(struct db *db, const struct staff_table *t, const struct db_args *args);
/* *used: orders know it, so it stays. Sales pause until the end of the transaction; DB_TIMEOUT when they could not
 * soon. */
enum db_rc staff_table_remove(struct db *db, struct arena *a, const struct staff_table *t, int64_t id, bool *used);

/* A pool to a new total, as a difference under its row lock. *minimum > 0: refused, that much is held and sold. */
enum db_rc pool_resize(struct db *db, struct arena *a, int64_t pool_id, int64_t total, int64_t *minimum,
                       struct pool_change *change);

struct exhibition_key {
    int64_t id;
    const char *code; /* NULL: there is none */
    int32_t first_day, last_day;
};
/* Keeps the exhibition from being deleted until the end of the transaction. */
enum db_rc exhibition_store_find(struct db *db, struct arena *a, int64_t id, struct exhibition_key *key);
enum db_rc exhibition_store_known(struct db *db, struct arena *a, const char *code, bool *known);
/* New rows, to be filled by staff_table_update(). */
enum db_rc exhibition_store_insert(struct db *db, struct arena *a, const char *code, const char *start, const char *end,
                                   int64_t *id);
enum db_rc product_store_insert(struct db *db, struct arena *a, int64_t exhibition_id, int64_t total, int64_t *id);
struct slot;
/* DB_UNIQUE: one of them is there already. */
enum db_rc slot_store_insert(struct db *db, struct arena *a, int64_t exhibition_id, const struct slot *slots, size_t n,
                             int64_t capacity);
