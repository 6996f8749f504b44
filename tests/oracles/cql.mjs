// Runs an exported ELM library with cql-execution, one person a line.
//
//   node cql.mjs FOLDER-OF-NODE-MODULES library.json < people.ndjson > truths.ndjson
//
// A person is an object of parameters, null where a fact is unknown. Out comes the list of the
// rules' truths, a person a line. On standard error: the seconds that a core worked in each of
// ROUNDS rounds over everybody, reading and writing apart.

import { readFileSync, writeSync } from "node:fs";
import { createRequire } from "node:module";

const [modules, path, rounds = "1"] = process.argv.slice(2);
const cql = createRequire(`${modules}/`)("cql-execution");
const source = JSON.parse(readFileSync(path, "utf-8"));
const library = new cql.Library(source);
const names = source.library.statements.def.map((definition) => definition.name);
const people = readFileSync(0, "utf-8").split("\n").filter(Boolean).map((line) => JSON.parse(line));

const nobody = { currentPatient: () => undefined, nextPatient: () => undefined };

async function truthsOf(person) {
  const executor = new cql.Executor(library, null, person);
  const { unfilteredResults } = await executor.exec(nobody, now);
  return names.map((name) => unfilteredResults[name]);
}

const now = cql.DateTime.fromJSDate(new Date(0), 0);
let truths = [];
for (let round = 0; round < Number(rounds); round += 1) {
  const start = process.cpuUsage();
  truths = [];
  for (const person of people) truths.push(await truthsOf(person));
  const { user, system } = process.cpuUsage(start);
  process.stderr.write(`${(user + system) / 1e6}\n`);
}
for (const truth of truths) writeSync(1, JSON.stringify(truth) + "\n");
