// Debian's Chromium, driven by playwright-core. It must not leave this machine.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const CHROMIUM = '/usr/bin/chromium';

/** Why the browser's tests cannot run here, or false. On CI they always run, and fail without it. */
export const noBrowser = !existsSync(CHROMIUM) && !process.env.CI && 'chromium is not installed: make deps';

export class Browser {
    async start() {
        this.chromium = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] });
    }

    /** A page of a fresh visitor. Whatever it asks another host for, and every error of its scripts, is in `page.wrong`. */
    async open(viewport) {
        const context = await this.chromium.newContext({ viewport, locale: 'ko-KR' });
        const page = await context.newPage();
        page.wrong = [];
        page.setDefaultTimeout(30_000);
        page.on('pageerror', (error) => page.wrong.push(String(error)));
        page.on('request', (request) => {
            if (request.url().startsWith('http') && new URL(request.url()).hostname !== '127.0.0.1') page.wrong.push(request.url());
        });
        return page;
    }

    /** Nothing went wrong, and nothing is wider than the screen. SCREENSHOTS=folder keeps a picture. */
    async look(page, name) {
        assert.deepEqual(page.wrong, []);
        const { width } = page.viewportSize();
        assert.ok((await page.evaluate('document.documentElement.scrollWidth')) <= width, `${name} is wider than ${width} px`);
        if (process.env.SCREENSHOTS) await page.screenshot({ path: join(process.env.SCREENSHOTS, `${name}-${width}.png`), fullPage: true });
    }

    async stop() {
        await this.chromium?.close();
    }
}
