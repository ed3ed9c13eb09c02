// Reads what spreadsheets read: rows of texts, numbers and nulls.
import assert from 'node:assert/strict';
import { inflateRawSync } from 'node:zlib';

/** Strictly as RFC 4180 has it, with CRLF at the end of each row; the mark in front is looked at. */
export function readCsv(text) {
    assert.equal(text[0], '\uFEFF', 'starts with the mark of UTF-8');
    const rows = [[]];
    const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/y;
    for (cell.lastIndex = 1; cell.lastIndex < text.length;) {
        const at = cell.lastIndex;
        const found = cell.exec(text);
        assert.ok(found, `no cell at ${at}: ${text.slice(at, at + 80)}`);
        rows.at(-1).push(found[1]?.replaceAll('""', '"') ?? found[2]);
        if (found[3] !== ',') rows.push([]);
    }
    assert.deepEqual(rows.pop(), [], 'the last row ends');
    return rows;
}

/** The files of a ZIP archive by name. */
function unzip(bytes) {
    const files = {};
    const end = bytes.lastIndexOf(Buffer.from('PK\x05\x06'));
    assert.ok(end >= 0, 'has a central directory');
    let at = bytes.readUInt32LE(end + 16);
    for (let n = bytes.readUInt16LE(end + 10); n > 0; n--) {
        assert.equal(bytes.readUInt32LE(at), 0x02014b50);
        const [packed, size] = [bytes.readUInt32LE(at + 20), bytes.readUInt32LE(at + 24)];
        const [name, extra, comment] = [28, 30, 32].map((member) => bytes.readUInt16LE(at + member));
        const local = bytes.readUInt32LE(at + 42);
        const from = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
        const body = bytes.subarray(from, from + packed);
        const file = bytes.readUInt16LE(at + 10) === 8 ? inflateRawSync(body) : body;
        assert.equal(file.length, size);
        files[bytes.toString('utf8', at + 46, at + 46 + name)] = file.toString();
        at += 46 + name + extra + comment;
    }
    return files;
}

const entities = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };
const plain = (xml) => xml.replace(/&(\w+);/g, (_, name) => entities[name]);

/** The rows of the first sheet. */
export function readXlsx(bytes) {
    const files = unzip(bytes);
    for (const needed of ['[Content_Types].xml', '_rels/.rels', 'xl/workbook.xml', 'xl/styles.xml']) assert.ok(files[needed], needed);
    const sheet = files['xl/worksheets/sheet1.xml'];
    assert.ok(!sheet.includes('<f>'), 'nothing is a formula');
    return [...sheet.matchAll(/<row [^>]*>(.*?)<\/row>/gs)].map(([, row]) => {
        const cells = [];
        for (const [, column, number, text] of row.matchAll(/<c r="([A-Z])\d+"[^>]*>(?:<v>(.*?)<\/v>|<is><t[^>]*>(.*?)<\/t><\/is>)<\/c>/gs)) {
            cells[column.charCodeAt(0) - 65] = number === undefined ? plain(text) : Number(number);
        }
        return cells;
    });
}
