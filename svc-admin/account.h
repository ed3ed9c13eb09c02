/* account - a member of the staff: what may be called so, who may manage whom, and how it is shown. Pure. */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "common/role.h"

struct arena;
struct json_out;

#define USERNAME_MIN 2
#define USERNAME_MAX 100
#define ACCOUNT_CODES_MAX 30
#define EXHIBITION_CODE_MAX 50

struct account {
    int64_t id; /* 0: there is none */
    const char *username;
    enum role role;
    const char *scope; /* as tokens say it: "*", or codes of exhibitions joined by ',' */
    bool active, otp;  /* otp: the second factor is asked for */
    int64_t version, last_login_ms, created_ms;
    /* secrets: never shown */
    const char *password_hash, *otp_secret; /* the second sealed; NULL: none */
    int64_t otp_step;                       /* the last one used */
};

/* The name as it is kept, in small letters. False: nobody can be called so. */
bool account_name(const char *typed, char out[USERNAME_MAX + 1]);
/* One code of an exhibition, or "*". */
bool account_code_valid(const char *code);
/* Does the scope `outer` cover all of `inner`? */
bool account_scope_within(const char *inner, const char *outer);
/* A superadmin manages everybody; a manager whoever stands below managers, within the manager's own exhibitions. */
bool account_may_manage(enum role role, const char *scope, enum role target, const char *target_scope);
/* Roles of the staff, joined by ',', as bits. False: one of them is none. */
bool account_roles_read(const char *list, unsigned *roles);
/* What a session may do: what the account may, or only enroll while its role is one of `otp_roles`, which demand a second factor,
 * and none was shown. */
enum role account_effective_role(enum role role, unsigned otp_roles, bool shown);
/* As an object, without what nobody may see. */
void account_write(struct json_out *json, const char *key, struct arena *a, const struct account *account);
