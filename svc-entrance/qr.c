#include "qr.h"
#include <png.h>
#include <qrencode.h>
#include <string.h>
#include "common/arena.h"

#define QUIET 4 /* modules around it, by the norm */
#define SCALE 8 /* pixels of a module */

static bool is_dark(const QRcode *qr, int x, int y) { return (qr->data[y * qr->width + x] & 1) != 0; }

static int size_of(const QRcode *qr) { return qr->width + 2 * QUIET; }

/* ---- SVG ---- */

/* One subpath for each run of dark modules. */
static void draw_row(const QRcode *qr, int y, struct strbuf *out) {
    for (int x = 0; x < qr->width; x++) {
        int from = x;
        while (x < qr->width && is_dark(qr, x, y)) x++;
        if (x > from) strbuf_printf(out, "M%d %dh%dv1h-%dz", from + QUIET, y + QUIET, x - from, x - from);
    }
}

bool qr_svg(const char *text, struct strbuf *out) {
    QRcode *qr = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
    if (qr == NULL) return false;
    int size = size_of(qr);
    strbuf_printf(out,
                  "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" "
                  "shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h%dv%dH0z\"/><path d=\"",
                  size, size, size * SCALE, size * SCALE, size, size);
    for (int y = 0; y < qr->width; y++) draw_row(qr, y, out);
    strbuf_puts(out, "\"/></svg>");
    QRcode_free(qr);
    return strbuf_ok(out);
}

/* ---- PNG ---- */

static const uint8_t colours[] = {255, 255, 255, 0, 0, 0}; /* light, dark: of two, so a pixel is a bit of the file */

/* A byte per pixel: its colour. NULL: the arena is full. */
static uint8_t *paint(const QRcode *qr, struct arena *a) {
    size_t side = (size_t)size_of(qr) * SCALE;
    uint8_t *pixels = arena_alloc(a, side * side);
    for (int y = 0; pixels != NULL && y < qr->width * SCALE; y++)
        for (int x = 0; x < qr->width; x++)
            if (is_dark(qr, x, y / SCALE))
                memset(pixels + (size_t)(y + QUIET * SCALE) * side + (size_t)(x + QUIET) * SCALE, 1, SCALE);
    return pixels;
}

bool qr_png(const char *text, struct strbuf *out) {
    QRcode *qr = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
    if (qr == NULL) return false;
    png_image image = {.version = PNG_IMAGE_VERSION, .format = PNG_FORMAT_RGB_COLORMAP, .colormap_entries = 2};
    image.width = image.height = (png_uint_32)(size_of(qr) * SCALE);
    png_alloc_size_t len = PNG_IMAGE_PNG_SIZE_MAX(image);
    const uint8_t *pixels = paint(qr, out->arena);
    void *png = pixels != NULL ? arena_alloc(out->arena, len) : NULL;
    bool ok = png != NULL && png_image_write_to_memory(&image, png, &len, 0, pixels, 0, colours) != 0;
    if (ok) strbuf_put(out, png, len);
    QRcode_free(qr);
    return ok && strbuf_ok(out);
}
