/* sandbox - stands in for Toss Payments and for two providers of Alimtalk messages, in development, tests and demos; never in
 * production.
 *
 * Serves Toss's calls under /v1, its checkout page and SDK, and sends its webhooks; NHN Cloud's calls under /alimtalk and those
 * of Kakao i under /v2; the phones of the receivers under /inbox. Control calls under /sandbox play the buyer, the bank, Kakao's
 * console and every kind of trouble. Routes: routes.c. Settings: settings.c. The story of one request: dispatch.c. It
 * shares no code but common/ with the client that is tested against it. */
#include "common/daemon.h"
#include "life.h"
#include "sandbox.h"

int main(int argc, char **argv) {
    static struct config config;
    const struct daemon_spec spec = {
        .name = "sandbox",
        .about =
            "Stands in for Toss Payments and two providers of Alimtalk: the same calls, states, codes, time limits and "
            "webhooks, with faults to order.",
        .settings = settings_table,
        .n_settings = settings_count,
        .config = &config,
        .metrics_listen = "127.0.0.1:9190",
        .check = settings_check,
        .start = life_start,
        .drain = life_drain,
        .stop = life_stop,
    };
    return daemon_run(&spec, argc, argv);
}
