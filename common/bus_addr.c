#include "bus_addr.h"
#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#define HOST_MAX 256

bool addr_has(const struct addr_list *list, const char *addr) {
    for (size_t i = 0; i < list->n; i++)
        if (strcmp(list->at[i], addr) == 0) return true;
    return false;
}

static void add(struct addr_list *list, const char *ip, const char *port) {
    char text[BUS_ADDR_LEN];
    int n = snprintf(text, sizeof text, "%s:%s", ip, port);
    if (n > 0 && (size_t)n < sizeof text && list->n < BUS_MAX_PEERS && !addr_has(list, text))
        memcpy(list->at[list->n++], text, sizeof text);
}

/* One "host:port" of `n` characters. */
static void resolve_one(struct addr_list *list, const char *s, size_t n) {
    char host[HOST_MAX];
    if (n >= sizeof host) {
        list->complete = false;
        return;
    }
    memcpy(host, s, n);
    host[n] = '\0';
    char *port = strrchr(host, ':');
    struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *found = NULL;
    if (port != NULL) *port++ = '\0';
    if (port == NULL || getaddrinfo(host, NULL, &hints, &found) != 0) {
        list->complete = false;
        return;
    }
    for (struct addrinfo *a = found; a != NULL; a = a->ai_next) {
        struct sockaddr_in sin;
        char ip[INET_ADDRSTRLEN];
        memcpy(&sin, a->ai_addr, sizeof sin);
        if (inet_ntop(AF_INET, &sin.sin_addr, ip, sizeof ip) != NULL) add(list, ip, port);
    }
    freeaddrinfo(found);
}

void addr_resolve(const char *addrs, struct addr_list *out) {
    out->n = 0;
    out->complete = true;
    while (*addrs != '\0') {
        size_t n = strcspn(addrs, ",");
        if (n > 0) resolve_one(out, addrs, n);
        addrs += n + (addrs[n] == ',');
    }
}
