/* faults - what tests have asked to go wrong: POST /sandbox/faults. */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "common/json.h"
#include "codes.h"

enum fault_mode {
    FAULT_NONE,
    FAULT_TIMEOUT_AFTER, /* executed, then no answer for ms, then cut */
    FAULT_TIMEOUT_BEFORE,
    FAULT_DROP_AFTER, /* executed, cut at once */
    FAULT_DROP_BEFORE,
    FAULT_ERROR,
    FAULT_DELAY,
    FAULT_TRUNCATED,
    FAULT_HUGE,
    FAULT_SLOW_BODY,
    FAULT_GARBAGE,
    FAULT_RATE_LIMITED,
    FAULT_BAD_GATEWAY, /* a proxy's page */
    FAULT_WEBHOOK_DROP,
    FAULT_WEBHOOK_DUPLICATE,
    FAULT_WEBHOOK_REORDER, /* after the next one of the same payment */
    FAULT_WEBHOOK_FIRST,   /* before the HTTP answer */
    FAULT_MODE_COUNT
};

/* A call can meet one fault of each phase. */
enum fault_phase { PHASE_CALL, PHASE_WEBHOOK };

struct fault_hit {
    enum fault_mode mode;    /* FAULT_NONE: nothing goes wrong */
    const char *name;        /* of the mode */
    const struct code *code; /* of the company that was called */
    int64_t ms;
    bool execute; /* of FAULT_ERROR and FAULT_BAD_GATEWAY: it is done all the same */
};

struct fault_order {
    const char *target, *mode, *code /* NULL */;
    int64_t ms;      /* 0: as the mode has it */
    int64_t times;   /* 0: until reset */
    int64_t percent; /* of the calls */
    bool execute;
};

struct faults;
struct faults *faults_open(void);
void faults_close(struct faults **f);
/* False: target, mode or code unknown, or they do not go together; or 64 are armed and not spent. */
bool faults_arm(struct faults *f, const struct fault_order *order);
void faults_reset(struct faults *f);
/* Takes the oldest armed fault that fits; hit->mode is FAULT_NONE when there is none. */
void faults_take(struct faults *f, const char *target, enum fault_phase phase, struct fault_hit *hit);
/* Array of what was armed since the last reset, with how often each fired; spent ones give way to a 65th. */
void faults_write(struct faults *f, struct json_out *o, const char *key);
