/* admin-audit [SEQ:HASH] - the log of who did what: every row follows from the one before it, every text has its digest or was
 * erased after its time, the last row is the last one appended, and the log holds what its owners told, all of it and nothing else.
 *
 * Prints the end of the chain as SEQ:HASH. Whoever notes it elsewhere can give it to a later run: then not even somebody who
 * made the whole chain anew goes unseen. Otherwise prints and ends as common/db_check.h says. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "audit_chain.h"
#include "audit_check_store.h"
#include "common/arena.h"
#include "common/db_check.h"
#include "common/settings.h"

#define PAGE 500
#define USAGE 2

struct config {
    char *database_url;
    int64_t text_days;
    struct audit_chain noted; /* seq 0: none */
};
#define AT(member) offsetof(struct config, member)

static const struct setting settings[] = {
    {"AUDIT_TEXT_DAYS", SET_INT, AT(text_days), "730", 1, 36500, 0,
     "Days for which texts are kept, as svc-admin has it: what was erased earlier is a difference."},
    {"DATABASE_ADMIN_URL", SET_TEXT, AT(database_url), NULL, 1, 1024, SET_SECRET | SET_REQUIRED,
     "Database with a role that may read the schemas of all services."},
};
#define N_SETTINGS (sizeof settings / sizeof *settings)

static const struct {
    enum audit_fault fault;
    const char *what;
} sentences[] = {
    {AUDIT_GAP, "what was between it and the one before is missing"},
    {AUDIT_CHANGED, "it, or the one before, was changed"},
    {AUDIT_TEXTS_MISSING, "its texts are missing"},
    {AUDIT_TEXTS_CHANGED, "its texts were changed"},
    {AUDIT_TEXTS_EARLY, "its texts were erased before their time"},
};

static void look_at(struct db_check_run *run, struct audit_chain *chain, const struct audit_row *row) {
    const struct config *config = run->config;
    const char *name = arena_printf(run->arena, "row %" PRId64, row->seq);
    unsigned faults = audit_chain_next(chain, row);
    for (size_t i = 0; i < sizeof sentences / sizeof *sentences; i++)
        if (faults & sentences[i].fault) db_check_difference(run, name, sentences[i].what);
    if (row->seq == config->noted.seq && strcmp(row->hash, config->noted.hash) != 0)
        db_check_difference(run, name, "another one was noted");
}

/* Is the last row the one that was appended last, and is the one that was noted still there? */
static void look_at_end(struct db_check_run *run, const struct audit_chain *chain, const struct audit_chain *head) {
    const struct config *config = run->config;
    if (chain->seq != head->seq || strcmp(chain->hash, head->hash) != 0)
        db_check_difference(run, "end",
                            arena_printf(run->arena,
                                         "the last row is %" PRId64 ", the last one appended was another %" PRId64,
                                         chain->seq, head->seq));
    if (chain->seq < config->noted.seq)
        db_check_difference(run, "end", arena_printf(run->arena, "row %" PRId64 " was noted", config->noted.seq));
}

static enum db_rc follow_chain(struct db_check_run *run) {
    const struct config *config = run->config;
    struct audit_chain chain = {0}, head;
    struct audit_row *rows;
    enum db_rc rc = DB_OK;
    for (size_t n = 1; rc == DB_OK && n > 0;) {
        arena_reset(run->arena);
        rc = audit_check_rows(run->db, run->arena, chain.seq, PAGE, config->text_days, &rows, &n);
        for (size_t i = 0; rc == DB_OK && i < n; i++) look_at(run, &chain, &rows[i]);
    }
    if (rc == DB_OK) rc = audit_check_head(run->db, &head);
    if (rc != DB_OK) return rc;
    look_at_end(run, &chain, &head);
    printf("end %" PRId64 ":%s\n", chain.seq, chain.hash);
    return DB_OK;
}

int main(int argc, char **argv) {
    static struct config config;
    const struct db_check_program program = {
        .name = "admin-audit",
        .settings = settings,
        .n_settings = N_SETTINGS,
        .config = &config,
        .checks = audit_checks,
        .n_checks = audit_n_checks,
        .inside = follow_chain,
    };
    if (argc > 2 || (argc == 2 && !audit_chain_parse(argv[1], &config.noted))) {
        fputs("usage: admin-audit [SEQ:HASH]\n", stderr);
        return USAGE;
    }
    return db_check_main(&program);
}
