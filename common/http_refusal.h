/* http_refusal - answers for requests that never reach a handler, as plain text. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include "status.h"

/* The standard's phrase for a status ("Not Found"); "Status" for one that is not in use here. */
const char *http_reason(int http_status);
/* A whole answer that ends the connection: problem document, `date` ("Date: ...\r\n" or "") and the headers its status needs;
 * only the headers when `bodiless`. Returns its length, 0 when it does not fit. */
size_t http_refusal(enum status st, enum lang lang, bool bodiless, const char *date, char *out, size_t cap);
