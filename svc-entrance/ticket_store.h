/* ticket_store - tickets and their codes as visitors see them. */
#pragma once
#include <stddef.h>
#include <stdint.h>
#include "common/db.h"

struct arena;

struct ticket_row {
    int64_t id;
    const char *product_name, *type;
    const char *status;  /* valid entered void suspended */
    const char *qr_code; /* NULL: nobody can enter with it any more */
};
struct ticket_list {
    uint16_t token_version; /* of tokens that open the order */
    const char *order_qr_code;
    struct ticket_row *rows; /* by id */
    size_t n;                /* 0: no such order, or it has no codes yet */
};
enum db_rc ticket_store_list(struct db *db, struct arena *a, const char *order_number, struct ticket_list *list);

struct ticket_code {
    const char *order_number; /* NULL: there is none */
    uint16_t token_version;
    const char *qr_code; /* NULL: nobody can enter with it any more */
};
/* The code of a ticket, or of the order when `order_number` is not NULL. */
enum db_rc ticket_store_code(struct db *db, struct arena *a, int64_t ticket, const char *order_number,
                             struct ticket_code *code);
