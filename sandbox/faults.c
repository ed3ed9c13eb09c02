/* faults - see faults.h. */
#include "faults.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include "common/crypto.h"

#define ARMED_MAX 64
#define CODE_MAX 80
#define ANY "*"
#define WEBHOOK_TARGET "toss.webhook"

static const struct target {
    const char *name;
    const struct codebook *codes;
} targets[] = {
    {ANY, &toss_codes},
    {"toss.create", &toss_codes},
    {"toss.confirm", &toss_codes},
    {"toss.get", &toss_codes},
    {"toss.cancel", &toss_codes},
    {"toss.transactions", &toss_codes},
    {"toss.virtual_accounts", &toss_codes},
    {WEBHOOK_TARGET, &toss_codes},
    {"alimtalk.send", &nhn_codes},
    {"alimtalk.list", &nhn_codes},
    {"alimtalk.result", &nhn_codes},
    {"alimtalk.template", &nhn_codes},
    {"kakaoi.token", &kakaoi_codes},
    {"kakaoi.send", &kakaoi_codes},
    {"kakaoi.result", &kakaoi_codes},
    {"kakaoi.search", &kakaoi_codes},
};

enum default_code { CODE_NONE, CODE_FAILURE, CODE_TOO_MANY };
static const struct mode {
    const char *name;
    enum fault_phase phase;
    int64_t ms; /* unless the order says otherwise */
    enum default_code code;
} modes[FAULT_MODE_COUNT] = {
    [FAULT_NONE] = {"", PHASE_CALL, 0, CODE_NONE},
    [FAULT_TIMEOUT_AFTER] = {"timeout_after_success", PHASE_CALL, 65000, CODE_NONE},
    [FAULT_TIMEOUT_BEFORE] = {"timeout_before", PHASE_CALL, 65000, CODE_NONE},
    [FAULT_DROP_AFTER] = {"drop_after_success", PHASE_CALL, 0, CODE_NONE},
    [FAULT_DROP_BEFORE] = {"drop_before", PHASE_CALL, 0, CODE_NONE},
    [FAULT_ERROR] = {"error", PHASE_CALL, 0, CODE_FAILURE},
    [FAULT_DELAY] = {"delay", PHASE_CALL, 1000, CODE_NONE},
    [FAULT_TRUNCATED] = {"truncated", PHASE_CALL, 0, CODE_NONE},
    [FAULT_HUGE] = {"huge", PHASE_CALL, 0, CODE_NONE},
    [FAULT_SLOW_BODY] = {"slow_body", PHASE_CALL, 10000, CODE_NONE},
    [FAULT_GARBAGE] = {"garbage", PHASE_CALL, 0, CODE_NONE},
    [FAULT_RATE_LIMITED] = {"rate_limited", PHASE_CALL, 0, CODE_TOO_MANY},
    [FAULT_BAD_GATEWAY] = {"bad_gateway", PHASE_CALL, 0, CODE_NONE},
    [FAULT_WEBHOOK_DROP] = {"drop_webhook", PHASE_WEBHOOK, 0, CODE_NONE},
    [FAULT_WEBHOOK_DUPLICATE] = {"duplicate_webhook", PHASE_WEBHOOK, 0, CODE_NONE},
    [FAULT_WEBHOOK_REORDER] = {"reorder_webhook", PHASE_WEBHOOK, 5000, CODE_NONE},
    [FAULT_WEBHOOK_FIRST] = {"webhook_first", PHASE_WEBHOOK, 10000, CODE_NONE},
};

struct armed {
    const struct target *target;
    enum fault_phase phase;
    char code[CODE_MAX + 1]; /* "": the mode's */
    struct fault_hit hit;
    int64_t times, percent, fired;
};

struct faults {
    pthread_mutex_t lock;
    atomic_size_t n; /* read without the lock: usually nothing is armed */
    struct armed armed[ARMED_MAX];
};

struct faults *faults_open(void) {
    struct faults *f = calloc(1, sizeof *f);
    if (f != NULL) pthread_mutex_init(&f->lock, NULL);
    return f;
}

void faults_close(struct faults **f) {
    if (*f == NULL) return;
    pthread_mutex_destroy(&(*f)->lock);
    free(*f);
    *f = NULL;
}

static const struct target *find_target(const char *name) {
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++)
        if (strcmp(targets[i].name, name) == 0) return &targets[i];
    return NULL;
}

static enum fault_mode find_mode(const char *name) {
    int m = FAULT_NONE + 1;
    while (m < FAULT_MODE_COUNT && strcmp(modes[m].name, name) != 0) m++;
    return m < FAULT_MODE_COUNT ? (enum fault_mode)m : FAULT_NONE;
}

static bool spent(const struct armed *a) { return a->times > 0 && a->fired >= a->times; }

/* Only when there is no room: until then everybody can see how often each has fired. */
static void forget_spent(struct faults *f) {
    size_t kept = 0;
    for (size_t i = 0; i < f->n; i++)
        if (!spent(&f->armed[i])) f->armed[kept++] = f->armed[i];
    atomic_store(&f->n, kept);
}

static const struct code *code_of(const struct armed *a, const struct codebook *codes) {
    const enum default_code wanted = modes[a->hit.mode].code;
    if (wanted == CODE_NONE) return NULL;
    const char *usual = wanted == CODE_FAILURE ? codes->failure : codes->too_many;
    return codebook_find(codes, *a->code != '\0' ? a->code : usual);
}

/* What the order means; false: it means nothing. */
static bool understand(const struct fault_order *o, struct armed *a) {
    const enum fault_mode mode = find_mode(o->mode);
    *a = (struct armed){
        .target = find_target(o->target), .phase = modes[mode].phase, .times = o->times, .percent = o->percent};
    if (a->target == NULL || mode == FAULT_NONE) return false;
    if (strcmp(a->target->name, WEBHOOK_TARGET) == 0) {
        if (mode == FAULT_DELAY) a->phase = PHASE_WEBHOOK; /* the one mode that calls and webhooks share */
        if (a->phase != PHASE_WEBHOOK) return false;
    }
    a->hit = (struct fault_hit){
        .mode = mode, .name = modes[mode].name, .ms = o->ms > 0 ? o->ms : modes[mode].ms, .execute = o->execute};
    if (o->code == NULL) {
        a->hit.code = code_of(a, a->target->codes);
        return true;
    }
    if (modes[mode].code == CODE_NONE || strlen(o->code) > CODE_MAX) return false;
    memcpy(a->code, o->code, strlen(o->code) + 1);
    a->hit.code = code_of(a, a->target->codes);
    return a->hit.code != NULL;
}

bool faults_arm(struct faults *f, const struct fault_order *o) {
    struct armed a;
    if (!understand(o, &a)) return false;
    pthread_mutex_lock(&f->lock);
    if (f->n == ARMED_MAX) forget_spent(f);
    bool room = f->n < ARMED_MAX;
    if (room) {
        f->armed[f->n] = a;
        atomic_fetch_add(&f->n, 1);
    }
    pthread_mutex_unlock(&f->lock);
    return room;
}

void faults_reset(struct faults *f) {
    pthread_mutex_lock(&f->lock);
    atomic_store(&f->n, 0);
    pthread_mutex_unlock(&f->lock);
}

static bool fits(const struct armed *a, const char *target, enum fault_phase phase) {
    if (a->phase != phase || spent(a)) return false;
    const char *name = a->target->name;
    bool any = strcmp(name, ANY) == 0 || (phase == PHASE_WEBHOOK && strcmp(name, WEBHOOK_TARGET) == 0);
    return any || strcmp(name, target) == 0;
}

static bool coin(int64_t percent) {
    uint16_t v;
    if (percent >= 100) return true;
    random_bytes(&v, sizeof v);
    return v % 100 < percent;
}

/* What was armed for everybody answers each in the codes of the company it calls; a code that this one has not is its failure. */
static void translate(const struct armed *a, const char *target, struct fault_hit *hit) {
    const struct target *called = find_target(target);
    if (called == NULL || hit->code == NULL) return;
    hit->code = code_of(a, called->codes);
    if (hit->code == NULL) hit->code = codebook_find(called->codes, called->codes->failure);
}

void faults_take(struct faults *f, const char *target, enum fault_phase phase, struct fault_hit *hit) {
    *hit = (struct fault_hit){.mode = FAULT_NONE, .name = ""};
    if (atomic_load(&f->n) == 0) return;
    pthread_mutex_lock(&f->lock);
    for (size_t i = 0; i < f->n && hit->mode == FAULT_NONE; i++) {
        struct armed *a = &f->armed[i];
        if (!fits(a, target, phase) || !coin(a->percent)) continue;
        a->fired++;
        *hit = a->hit;
        translate(a, target, hit);
    }
    pthread_mutex_unlock(&f->lock);
}

void faults_write(struct faults *f, struct json_out *o, const char *key) {
    pthread_mutex_lock(&f->lock);
    json_arr(o, key);
    for (size_t i = 0; i < f->n; i++) {
        const struct armed *a = &f->armed[i];
        json_obj(o, NULL);
        json_put_text(o, "target", a->target->name);
        json_put_text(o, "mode", a->hit.name);
        json_put_text(o, "code", a->hit.code != NULL ? a->hit.code->name : NULL);
        json_put_int(o, "ms", a->hit.ms);
        json_put_int(o, "times", a->times);
        json_put_int(o, "percent", a->percent);
        json_put_bool(o, "execute", a->hit.execute);
        json_put_int(o, "fired", a->fired);
        json_obj_end(o);
    }
    json_arr_end(o);
    pthread_mutex_unlock(&f->lock);
}
