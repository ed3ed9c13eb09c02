/* sheet_xlsx - the only user of libxlsxwriter: a workbook of one sheet, kept in temporary files while it is written.
 *
 * The files have no name: whatever becomes of this process, nothing of the orders stays behind. */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <xlsxwriter.h>
#include "common/log.h"
#include "sheet.h"

#define MOST_ROWS 100000
#define ROOM ((uint64_t)512 * 1024 * 1024) /* for the rows as XML; the library does not tell when a disk is full */
#define PIECE ((size_t)15 * 1024)          /* leaves as one chunk, in one write */
#define COLUMN_WIDTH 18
#define TITLE_ROWS 1
#define NICE 10

struct xlsx {
    const struct sheet_out *out;
    int file;           /* the finished workbook */
    lxw_workbook *book; /* NULL: finished */
    lxw_worksheet *page;
    lxw_format *title;
    lxw_row_t rows;
    lxw_error wrong;
    char piece[PIECE];
};

static bool has_room(int file) {
    struct statvfs at;
    return fstatvfs(file, &at) == 0 && at.f_bavail * (uint64_t)at.f_frsize >= ROOM;
}

/* -1: none. */
static int nameless_file(const char *folder) {
    char path[1100];
    snprintf(path, sizeof path, "%s/orders-XXXXXX", folder);
    int file = mkostemp(path, O_CLOEXEC);
    if (file >= 0) unlink(path);
    if (file >= 0 && has_room(file)) return file;
    log_error("no room for a temporary file", "folder", folder);
    if (file >= 0) close(file);
    return -1;
}

static void close_xlsx(void *sheet) {
    struct xlsx *s = sheet;
    if (s == NULL) return;
    if (s->book != NULL) lxw_workbook_free(s->book);
    if (s->file >= 0) close(s->file);
    free(s);
}

static bool begin(struct xlsx *s, const char *folder) {
    char path[64], own_folder[1024];
    s->file = nameless_file(folder);
    if (s->file < 0) return false;
    snprintf(path, sizeof path, "/proc/self/fd/%d", s->file);
    snprintf(own_folder, sizeof own_folder, "%s", folder);
    lxw_workbook_options options = {.constant_memory = LXW_TRUE, .tmpdir = own_folder};
    s->book = workbook_new_opt(path, &options);
    s->page = s->book != NULL ? workbook_add_worksheet(s->book, "orders") : NULL;
    s->title = s->page != NULL ? workbook_add_format(s->book) : NULL;
    if (s->title == NULL) return false;
    format_set_bold(s->title);
    worksheet_set_column(s->page, 0, LXW_COL_MAX - 1, COLUMN_WIDTH, NULL);
    worksheet_freeze_panes(s->page, TITLE_ROWS, 0);
    return true;
}

/* Not in the arena: the library has memory of its own anyway. */
static void *open_xlsx(struct arena *a, const struct sheet_out *out) {
    (void)a;
    struct xlsx *s = malloc(sizeof *s);
    if (s == NULL) return NULL;
    memset(s, 0, offsetof(struct xlsx, piece));
    s->out = out;
    s->file = -1;
    if (begin(s, out->folder)) return s;
    close_xlsx(s);
    return NULL;
}

/* A text is written as a text, so nothing in it is a formula. */
static bool put_row(void *sheet, const struct json_cell *cells, size_t n) {
    struct xlsx *s = sheet;
    lxw_format *format = s->rows < TITLE_ROWS ? s->title : NULL;
    lxw_error wrong = LXW_NO_ERROR;
    for (size_t i = 0; i < n && wrong == LXW_NO_ERROR; i++) {
        lxw_col_t column = (lxw_col_t)i;
        if (cells[i].type == CELL_TEXT) wrong = worksheet_write_string(s->page, s->rows, column, cells[i].text, format);
        if (cells[i].type == CELL_INT)
            wrong = worksheet_write_number(s->page, s->rows, column, (double)cells[i].number, format);
    }
    s->rows++;
    if (wrong != LXW_NO_ERROR) log_error("no cell", "reason", lxw_strerror(wrong));
    return wrong == LXW_NO_ERROR;
}

static bool deliver(struct xlsx *s) {
    ssize_t n;
    for (off_t at = 0; (n = pread(s->file, s->piece, PIECE, at)) > 0; at += n)
        if (!s->out->write(s->out->arg, s->piece, (size_t)n)) return false;
    return n == 0;
}

static void *finish(void *sheet) {
    struct xlsx *s = sheet;
    setpriority(PRIO_PROCESS, (id_t)gettid(), NICE); /* seconds of computing, while others may sell */
    s->wrong = workbook_close(s->book);
    s->book = NULL;
    return NULL;
}

/* The library takes 70 KiB of stack for this, about all that a thread of the HTTP server has. */
static bool end(void *sheet) {
    struct xlsx *s = sheet;
    pthread_t thread;
    if (pthread_create(&thread, NULL, finish, s) != 0) return false;
    pthread_join(thread, NULL);
    if (s->wrong == LXW_NO_ERROR) return deliver(s);
    log_error("no workbook", "reason", lxw_strerror(s->wrong));
    return false;
}

const struct sheet_kind sheet_xlsx = {
    .format = "xlsx",
    .content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    .most_rows = MOST_ROWS,
    .open = open_xlsx,
    .row = put_row,
    .end = end,
    .close = close_xlsx,
};
