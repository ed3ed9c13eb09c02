/* accounts - the part of svc-admin that keeps accounts and sessions: the first account, and what is to be forgotten. */
#pragma once

struct admin_part;
extern const struct admin_part accounts_part;
