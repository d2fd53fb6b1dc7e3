import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ms } from '../../src/base/units.ts';
import { html, joined } from '../../src/report/html.ts';
import { badge, foldedLines, htmlPage } from '../../src/report/html-page.ts';
import { junitXml } from '../../src/report/junit.ts';
import { reasonToSkip } from '../interop/programs.ts';

const suite = (text: string) =>
  junitXml(text, [
    {
      name: text,
      startedAt: ms(0),
      properties: { seed: text },
      cases: [
        { name: text, className: 'bench', durationMs: ms(1500) },
        {
          name: 'dial',
          className: 'bench',
          durationMs: ms(20),
          outcome: { outcome: 'failure', type: 'MODEM_BUSY', message: text, details: [text, text] },
          output: [text],
        },
        {
          name: 'ppp',
          className: 'bench',
          durationMs: ms(0),
          outcome: { outcome: 'skipped', message: text },
        },
      ],
    },
  ]);

describe('HTML', () => {
  it('escapes what is put into it, and leaves pieces of HTML as they are', () => {
    const piece = html`<b>${'<script>'}</b>`;
    expect(html`<p title="${'"x"'}">${piece}${['&', undefined, 3]}</p>`.toString()).toBe(
      '<p title="&quot;x&quot;"><b>&lt;script&gt;</b>&amp;3</p>',
    );
    expect(joined([piece, piece]).toString()).toBe(`${piece}${piece}`);
  });

  it('lets no text become markup, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const { length } = html`<i title="${text}">${text}</i>`.toString().match(/[<>"]/g) ?? [];
        expect(length).toBe(6);
      }),
    );
  });

  it('makes a page that needs no other file', () => {
    const page = htmlPage({
      title: 'Bench & more',
      subtitle: 'today',
      body: html`${badge('bad', 'failed')}${foldedLines('dialogue', ['> AT', '< <OK>'])}`,
    });
    expect(page).toContain('<title>Bench &amp; more</title>');
    expect(page).toContain('&gt; AT\n&lt; &lt;OK&gt;');
    expect(page).not.toMatch(/https?:|<script|src=|@import|url\(/);
  });
});

describe('JUnit XML', () => {
  it('counts cases, failures and skipped ones', () => {
    expect(suite('x')).toContain(
      '<testsuite name="x" tests="3" failures="1" errors="0" time="1.520" skipped="1" timestamp="1970-01-01T00:00:00">',
    );
  });
});

describe.skipIf(reasonToSkip('JUnit XML', { xmllint: 'libxml2-utils' }) !== undefined)(
  'JUnit XML, read by xmllint',
  () => {
    let folder = '';
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'kadec21-junit-'));
    });
    afterEach(() => rmSync(folder, { recursive: true }));

    const lint = (text: string) => {
      const file = join(folder, 'junit.xml');
      writeFileSync(file, suite(text));
      execFileSync('xmllint', ['--noout', file], { stdio: 'pipe' });
    };

    it('is well-formed, whatever text is in it', () => {
      for (const text of ['plain', '<&>"\'', '\u0000\u001b[31m\ud800\uffff', '母子里\r\n]]>']) {
        expect(() => lint(text)).not.toThrow();
      }
    });
  },
);
