/* device_store - table devices: scanners, how they are enrolled and revoked. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/db.h"
#include "device.h"

struct standing {                /* where a caller stands */
    int64_t device;              /* in: devices.id; 0: staff */
    const char *exhibition_code; /* in, of staff; out, of a device */
    bool known;                  /* staff, or a device that is enrolled and not revoked */
    bool silent;                 /* a device, for a minute and longer */
    int64_t exhibition_id;       /* 0: none is called so */
};
/* All of them by one statement. */
enum db_rc device_store_standing(struct db *db, struct arena *a, struct standing *at, size_t n);
enum db_rc device_store_seen(struct db *db, struct arena *a, const int64_t *ids, size_t n);

/* Of an exhibition that is there; g->id 0: it is not. Until device_store_set_code() nobody can enroll it. */
enum db_rc device_store_new(struct db *db, struct arena *a, const char *exhibition_code, const char *name,
                            int64_t made_by, struct device_grant *g);
enum db_rc device_store_set_code(struct db *db, struct arena *a, int64_t id, const uint8_t hash[SHA256_LEN]);
/* Once, within its time. g->id 0: no device waits for this code. */
enum db_rc device_store_enroll(struct db *db, struct arena *a, const uint8_t hash[SHA256_LEN], struct device_grant *g);
/* A new token of an enrolled one. g->id 0: it is not enrolled, or revoked. */
enum db_rc device_store_renew(struct db *db, struct arena *a, int64_t id, struct device_grant *g);

enum device_status {
    DEVICE_WAITING, /* for the scanner that brings its code */
    DEVICE_LAPSED,  /* nobody came in time */
    DEVICE_ENROLLED,
    DEVICE_REVOKED
};
struct device_row {
    int64_t id; /* 0: there is no such device */
    const char *name, *exhibition_code;
    enum device_status status;
    int64_t created_ms, enrolled_ms, token_until_ms, seen_ms, revoked_ms; /* 0: not yet */
};
/* Of these exhibitions (codes NULL: all), those in use first, then the newest. */
enum db_rc device_store_list(struct db *db, struct arena *a, const char *const *codes, size_t n_codes, int limit,
                             struct device_row **rows, size_t *n);
/* Locked. */
enum db_rc device_store_lock(struct db *db, struct arena *a, int64_t id, struct device_row *row);
enum db_rc device_store_revoke(struct db *db, struct arena *a, int64_t id);
