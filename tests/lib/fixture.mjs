// Things to sell, put straight into the database, and requests for them. Every test makes its own exhibition.
import { randomInt } from 'node:crypto';
import { until } from './wait.mjs';

const digits = (n) => String(n).padStart(4, '0');
const [MIDDLES, ENDS] = [10_000, 3000];
let last = randomInt(MIDDLES * ENDS);
/** A phone number nobody else uses; not one of those whose ending the sandbox knows (docs/sandbox.md): 3005, 4133 … */
export function phone() {
    last = (last + 1) % (MIDDLES * ENDS);
    return `010${digits(Math.floor(last / ENDS))}${digits(last % ENDS)}`;
}

const seoulDay = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Seoul' });
/** Today in Seoul plus `days`, YYYY-MM-DD. */
export const day = (days = 0) => seoulDay.format(Date.now() + days * 86_400_000);

const quote = (value) => `'${JSON.stringify(value).replaceAll("'", "''")}'`;
let made = 0;

// What is today when a file begins is so until its end: none begins in the last minutes of a day in Seoul.
const FILE_MS = 360_000;
await until('the day lasts', () => day() === day(FILE_MS / 86_400_000), { ms: 2 * FILE_MS, every: 500 });

/**
 * Makes an exhibition. `products`: [{total, price, type, sale_start, sale_end, is_active}] (times as SQL expressions or ISO
 * texts are both fine as long as PostgreSQL reads them as timestamptz), `slots`: [{date, starts_at, ends_at, capacity}];
 * other members are columns of the table. Returns {id, code, products: [{id, pool_id}], slots: [{id, pool_id}]}.
 */
export async function addExhibition(sql, { products = [{ total: 100 }], slots = [], ...columns } = {}) {
    const row = {
        code: `t${process.pid.toString(36)}-${made++}`,
        name: '시험 전시',
        start_date: day(-1),
        end_date: day(365),
        ...columns,
    };
    const names = Object.keys(row).join(', ');
    const answer = await sql.text(`
        WITH ex AS (
            INSERT INTO booking.exhibitions (${names})
            SELECT ${names} FROM json_populate_record(NULL::booking.exhibitions, ${quote(row)}) RETURNING id, code
        ), product AS MATERIALIZED (
            SELECT ex.id AS exhibition_id, nextval('booking.pools_id_seq') AS pool_id, nextval('booking.products_id_seq') AS id, p.*
            FROM ex, json_to_recordset(${quote(products)}) AS p (name text, type text, price int, total int,
                sale_start timestamptz, sale_end timestamptz, is_active boolean)
        ), slot AS MATERIALIZED (
            SELECT ex.id AS exhibition_id, nextval('booking.pools_id_seq') AS pool_id, nextval('booking.time_slots_id_seq') AS id, s.*
            FROM ex, json_to_recordset(${quote(slots)}) AS s (date date, starts_at time, ends_at time, capacity int)
        ), pool AS (
            INSERT INTO booking.pools (id, exhibition_id, total, available)
            SELECT pool_id, exhibition_id, total, total FROM product
            UNION ALL SELECT pool_id, exhibition_id, capacity, capacity FROM slot
        ), p AS (
            INSERT INTO booking.products (id, exhibition_id, pool_id, name, type, price, sale_start, sale_end, is_active)
            SELECT id, exhibition_id, pool_id, coalesce(name, '관람권'), coalesce(type, 'adult'), coalesce(price, 1000), sale_start, sale_end,
                   coalesce(is_active, true) FROM product
        ), s AS (
            INSERT INTO booking.time_slots (id, exhibition_id, pool_id, date, starts_at, ends_at)
            SELECT id, exhibition_id, pool_id, date, starts_at, ends_at FROM slot
        )
        SELECT json_build_object('id', ex.id, 'code', ex.code,
            'products', (SELECT coalesce(json_agg(json_build_object('id', id, 'pool_id', pool_id) ORDER BY id), '[]') FROM product),
            'slots', (SELECT coalesce(json_agg(json_build_object('id', id, 'pool_id', pool_id) ORDER BY id), '[]') FROM slot))
        FROM ex`);
    return JSON.parse(answer);
}

/** The body of an order for the first product. */
export function orderFor(exhibition, { quantity = 1, product: index = 0, ...members } = {}) {
    return {
        exhibition_code: exhibition.code,
        customer_name: '홍길동',
        customer_phone: phone(),
        items: [{ product_id: exhibition.products[index].id, quantity }],
        ...members,
    };
}

/** Waits until the gateway knows the exhibition with all its products. */
export async function visible(http, exhibition) {
    await until(`exhibition ${exhibition.code} in the catalogue`, async () => {
        const answer = await http.get(`/api/exhibitions/${exhibition.code}/products`);
        return answer.status === 200 && answer.json.products.length > 0;
    });
}

/** Waits until the gate lets through to `available` places of the first product: it hears of changes a little later than SQL. */
export function gateKnows({ redis }, { id, products: [{ pool_id }] }, available) {
    return until(
        `the gate knows of ${available} places`,
        async () => Number(await redis.command('HGET', `{ex:${id}}:pool:${pool_id}`, 'available')) === available,
    );
}

/** One product as the catalogue shows it. */
export async function product(http, exhibition, index = 0) {
    const { json } = await http.get(`/api/exhibitions/${exhibition.code}/products`);
    return json.products.find((p) => p.id === exhibition.products[index].id);
}

/** `count` holds of one place each of the first product, each with a phone of its own; all lapse in the same moment, `after` (an interval) from now. */
export function addHolds(sql, exhibition, count, after) {
    const { id, pool_id } = exhibition.products[0];
    return sql.text(`BEGIN; SET LOCAL search_path = booking;
        INSERT INTO orders (order_number, exhibition_id, customer_name, customer_phone, total_amount, expires_at, refund_policy)
        SELECT 'ORD20200101' || lpad('${exhibition.id}', 4, '0') || lpad(i::text, 6, '0'), ${exhibition.id}, '홀드', '019' || lpad(i::text, 8, '0'), 1000, now() + interval '${after}', '[]'
        FROM generate_series(1, ${count}) i;
        INSERT INTO order_items (order_id, product_id, quantity, unit_price, total_price)
        SELECT id, ${id}, 1, 1000, 1000 FROM orders WHERE exhibition_id = ${exhibition.id};
        INSERT INTO phone_counters SELECT ${exhibition.id}, customer_phone, 1 FROM orders WHERE exhibition_id = ${exhibition.id};
        SELECT count(emit('order.reserved', s.state ->> 'order_number', 1, s.state)) FROM order_states s
        JOIN orders o ON o.id = s.id WHERE o.exhibition_id = ${exhibition.id};
        UPDATE pools SET available = available - ${count}, version = version + 1 WHERE id = ${pool_id};
        COMMIT;`);
}
