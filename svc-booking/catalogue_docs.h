/* catalogue_docs - the answers of the visitors' catalogue calls, rendered. Pure: time and stock are arguments.
 *
 * sale_status: upcoming before sale_start; ended from sale_end on, or after the exhibition's last day; sold_out while
 * nothing is left; else on_sale. stock_state says more of what is left: open; few (a tenth or less); and of nothing
 * left: in_checkout while somebody holds some, awaiting_deposit while somebody is to pay by transfer, else sold_out. */
#pragma once
#include "catalogue_model.h"
#include "common/json.h"
#include "common/strbuf.h"

enum sale_status { SALE_UPCOMING, SALE_ON, SALE_SOLD_OUT, SALE_ENDED };
enum stock_state { STOCK_OPEN, STOCK_FEW, STOCK_IN_CHECKOUT, STOCK_AWAITING_DEPOSIT, STOCK_SOLD_OUT };

enum sale_status sale_status_of(const struct cat_product *p, const struct cat_exhibition *e, int64_t available,
                                int64_t now);
/* The best of its products: on_sale, else upcoming, else sold_out, else ended. *opens_at: the next time one of them
 * opens while none is on sale, else 0. */
enum sale_status exhibition_status_of(const struct cat_exhibition *e, const struct cat_pools *pools, int64_t now,
                                      int64_t *opens_at);
enum stock_state stock_state_of(const struct cat_pool *p);

/* "exhibitions" */
void doc_exhibitions(const struct cat_data *d, const struct cat_pools *pools, int64_t now, struct strbuf *out);
/* "exhibition/{code}"; ends with "server_time":"<29 characters>"}, which whoever serves it overwrites */
void doc_exhibition(const struct cat_exhibition *e, const struct cat_pools *pools, int64_t now, struct strbuf *out);
/* "products/{code}" */
void doc_products(const struct cat_exhibition *e, const struct cat_pools *pools, int64_t now, struct strbuf *out);
/* "slots/{code}/{date}": n slots of one day */
void doc_slots(const struct cat_slot *slots, size_t n, const struct cat_pools *pools, struct strbuf *out);
/* "days/{code}/{month}": n slots of one month, by day */
void doc_days(const struct cat_slot *slots, size_t n, const struct cat_pools *pools, struct strbuf *out);
