// node schema.mjs SCHEMA INSTANCES: every line parsed and validated by ajv.
import fs from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { linesOf, printFigures } from './common.mjs';

const [schemaFile, instancesFile] = process.argv.slice(2);
const schema = JSON.parse(fs.readFileSync(schemaFile, 'utf8'));
const compileStartedAt = performance.now();
const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(schema);
const compileMs = performance.now() - compileStartedAt;

const startedAt = performance.now();
let rows = 0;
for (const line of linesOf(instancesFile)) {
  ++rows;
  if (!validate(JSON.parse(line))) throw new Error(`line ${rows}: ${JSON.stringify(validate.errors)}`);
}
printFigures(rows, startedAt);
console.log(`compile_ms=${compileMs.toFixed(3)}`);
