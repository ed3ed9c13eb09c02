/* payment_record - a payment as one piece of bytes and back, for the journal. */
#pragma once
#include <stddef.h>
#include "payment.h"

/* malloc()ed; NULL: out of memory. */
void *payment_record_make(const struct payment *p, size_t *len);
/* malloc()ed, not in any book; NULL: not such a record, or out of memory. */
struct payment *payment_record_read(const void *data, size_t len);
