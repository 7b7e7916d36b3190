// Brings the derived tables of README.md in step with the code: `npm run docs`. What it would
// write is also what test/tidy/docs-in-sync.test.ts compares with.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withDerivedSections } from './docs-tables.js';

const path = join(process.cwd(), 'README.md');
writeFileSync(path, withDerivedSections(readFileSync(path, 'utf8')));
