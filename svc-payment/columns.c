#include "columns.h"

#define COLUMN(row, type, column, member, saved) {#column, ROW_##type, offsetof(struct row, member), saved},
#define ATTEMPT_COLUMN(...) COLUMN(attempt, __VA_ARGS__)
#define REFUND_COLUMN(...) COLUMN(refund, __VA_ARGS__)

static const struct row_column attempt_columns[] = {ATTEMPT_COLUMNS(ATTEMPT_COLUMN)};
static const struct row_column refund_columns[] = {REFUND_COLUMNS(REFUND_COLUMN)};

_Static_assert(offsetof(struct attempt, saga) == 0 && offsetof(struct refund, saga) == 0, "a row is its saga");
_Static_assert(offsetof(struct refund, n_tickets) == offsetof(struct refund, tickets) + sizeof(int64_t *),
               "ROW_INTS is a pointer and its count");

const struct row_table row_tables[SAGA_KINDS] = {
    [SAGA_ATTEMPT] = {SAGA_ATTEMPT, sizeof(struct attempt), attempt_columns,
                      sizeof attempt_columns / sizeof *attempt_columns},
    [SAGA_REFUND] = {SAGA_REFUND, sizeof(struct refund), refund_columns,
                     sizeof refund_columns / sizeof *refund_columns},
};
