/* gateway - the HTTP edge: routes, who may, limits, the catalogue from memory; every decision about data is a service's.
 *
 * Calls: booking, payment, entrance, notify (lanes: edge.c), booking's hint "catalogue". Tables: none. Settings: settings.c. Routes:
 * routes.c. The story of one request: dispatch.c. Everything is in memory; a restart loses nothing. */
#include "common/daemon.h"
#include "edge.h"
#include "gateway.h"

int main(int argc, char **argv) {
    static struct config config;
    const struct daemon_spec spec = {
        .name = "gateway",
        .service = "gateway",
        .about =
            "HTTP edge of the ticket system: routes, tokens, limits, catalogue from memory, pages and documentation.",
        .settings = settings_table,
        .n_settings = settings_count,
        .config = &config,
        .callers = "",
        .check = edge_check,
        .start = edge_start,
        .drain = edge_drain,
        .stop = edge_stop,
        .ready = edge_ready,
        .table_option = "--routes",
        .print_table = routes_print,
    };
    return daemon_run(&spec, argc, argv);
}
