/* networks - see networks.h. */
#include "networks.h"
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#define MAX_NETWORKS 64

struct network {
    struct address base;
    unsigned bits;
};
struct networks {
    size_t n;
    struct network network[MAX_NETWORKS];
};

static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

static bool is_v4(const struct address *a) { return memcmp(a->byte, mapped, sizeof mapped) == 0; }

bool address_parse(const char *text, size_t n, struct address *out) {
    char copy[ADDRESS_TEXT];
    if (n == 0 || n >= sizeof copy) return false;
    memcpy(copy, text, n);
    copy[n] = '\0';
    memcpy(out->byte, mapped, sizeof mapped);
    return inet_pton(AF_INET, copy, out->byte + 12) == 1 || inet_pton(AF_INET6, copy, out->byte) == 1;
}

void address_format(const struct address *a, char out[ADDRESS_TEXT]) {
    if (is_v4(a))
        inet_ntop(AF_INET, a->byte + 12, out, ADDRESS_TEXT);
    else
        inet_ntop(AF_INET6, a->byte, out, ADDRESS_TEXT);
}

void address_owner(const struct address *a, char out[ADDRESS_TEXT]) {
    struct address owner = *a;
    if (!is_v4(a)) memset(owner.byte + 8, 0, 8);
    address_format(&owner, out);
}

static bool within(const struct network *net, const struct address *a) {
    size_t whole = net->bits / 8;
    unsigned rest = net->bits % 8;
    if (memcmp(net->base.byte, a->byte, whole) != 0) return false;
    unsigned mask = 0xffU << (8 - rest) & 0xffU;
    return rest == 0 || ((net->base.byte[whole] ^ a->byte[whole]) & mask) == 0;
}

static bool network_parse(const char *text, size_t n, struct network *net) {
    const char *slash = memchr(text, '/', n);
    size_t len = slash != NULL ? (size_t)(slash - text) : n;
    if (!address_parse(text, len, &net->base)) return false;
    unsigned most = is_v4(&net->base) ? 32 : 128;
    net->bits = 128;
    if (slash == NULL) return true;
    unsigned bits = 0;
    const char *digit = slash + 1;
    if (digit == text + n) return false;
    for (; digit < text + n; digit++) {
        if (*digit < '0' || *digit > '9' || bits > most) return false;
        bits = bits * 10 + (unsigned)(*digit - '0');
    }
    net->bits = 128 - most + bits;
    return bits <= most;
}

static const char *trim(const char *at, size_t *n) {
    while (*n > 0 && (*at == ' ' || *at == '\t')) {
        at++;
        --*n;
    }
    while (*n > 0 && (at[*n - 1] == ' ' || at[*n - 1] == '\t')) --*n;
    return at;
}

struct networks *networks_open(const char *list) {
    struct networks *p = calloc(1, sizeof *p);
    while (p != NULL && *list != '\0') {
        size_t len = strcspn(list, ","), n = len;
        const char *item = trim(list, &n);
        if (p->n == MAX_NETWORKS || !network_parse(item, n, &p->network[p->n++])) networks_close(&p);
        list += len + (list[len] == ',');
    }
    return p;
}

void networks_close(struct networks **p) {
    free(*p);
    *p = NULL;
}

bool networks_have(const struct networks *p, const struct address *a) {
    for (size_t i = 0; i < p->n; i++)
        if (within(&p->network[i], a)) return true;
    return false;
}

struct address client_address(const struct networks *trusted, const struct address *peer, const char *forwarded_for) {
    struct address client = *peer;
    size_t end = forwarded_for != NULL ? strlen(forwarded_for) : 0;
    while (end > 0 && networks_have(trusted, &client)) {
        size_t start = end;
        while (start > 0 && forwarded_for[start - 1] != ',') start--;
        size_t n = end - start;
        const char *item = trim(forwarded_for + start, &n);
        struct address next;
        if (!address_parse(item, n, &next)) break;
        client = next;
        end = start > 0 ? start - 1 : 0;
    }
    return client;
}
