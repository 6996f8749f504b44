// A reader of `ventosa rules export --as json` that knows nothing but that document.
//
//   node interpreter.mjs rules.json < people.ndjson > screenings.ndjson
//
// One person a line: settled facts, each true, false, a word, or a number as {"low": .., "high": ..};
// a fact that is not there is unknown. Out comes, a person a line, the truth of every rule (null =
// unknown) and, for each stage, decisions, urgency and caps. Nobody is cleared.

import { readFileSync, writeSync } from "node:fs";
import { createInterface } from "node:readline";

// --- truth: true, false, or null for unknown -------------------------------------------------

export function evaluate(tree, facts) {
  switch (tree.node) {
    case "is":
      return facts[tree.fact] ?? null;
    case "compare":
      return compare(facts[tree.fact], tree.operator, tree.literal);
    case "one_of":
      return atLeast(1, tree.literals.map((literal) => compare(facts[tree.fact], "==", literal)));
    case "not":
      return negated(evaluate(tree.term, facts));
    case "and":
      return atLeast(tree.terms.length, tree.terms.map((term) => evaluate(term, facts)));
    case "or":
      return atLeast(1, tree.terms.map((term) => evaluate(term, facts)));
    case "at_least":
      return atLeast(tree.count, tree.terms.map((term) => evaluate(term, facts)));
    default:
      throw new Error(`a node of this kind is not known: ${tree.node}`);
  }
}

function negated(truth) {
  return truth === null ? null : !truth;
}

function atLeast(count, truths) {
  if (truths.filter((truth) => truth === true).length >= count) return true;
  return truths.filter((truth) => truth !== false).length < count ? false : null;
}

function compare(value, operator, literal) {
  if (value === undefined) return null;
  if (operator === "!=") return negated(compare(value, "==", literal));
  if (typeof value === "string") return value === literal;
  const { low, high } = value;
  switch (operator) {
    case "<":
      return high < literal ? true : low >= literal ? false : null;
    case "<=":
      return high <= literal ? true : low > literal ? false : null;
    case ">":
      return low > literal ? true : high <= literal ? false : null;
    case ">=":
      return low >= literal ? true : high < literal ? false : null;
    case "==":
      if (low === literal && high === literal) return true;
      return low <= literal && literal <= high ? null : false;
    default:
      throw new Error(`an operator of this kind is not known: ${operator}`);
  }
}

// --- what follows ----------------------------------------------------------------------------

export function screen(document, truths, stage) {
  const counts = (rule) => rule.stage === "plan" || stage === "start";
  const standing = document.rules
    .map((rule, index) => ({ rule, truth: truths[index] }))
    .filter(({ rule, truth }) => truth !== false && counts(rule));
  const held = standing.filter(({ truth }) => truth === true);
  const techniques = {};
  for (const technique of document.words.techniques) {
    techniques[technique] = {
      certain: decision(document, technique, held),
      possible: decision(document, technique, standing),
      caps: capsOf(document, technique, standing),
    };
  }
  return { techniques, urgency: { certain: urgency(document, held), possible: urgency(document, standing) } };
}

function decision(document, technique, standing) {
  const { decisions, quantities } = document.words;
  const { floor } = document.techniques[technique];
  const caps = capsOf(document, technique, standing);
  if (quantities.some((name) => name in caps && caps[name] < floor[name])) return "avoid";
  return gravest(decisions, standing.map(({ rule }) => rule.effects[technique].decision));
}

function capsOf(document, technique, standing) {
  const caps = { ...document.techniques[technique].columns.usual };
  for (const { rule } of standing) {
    for (const [name, value] of Object.entries(rule.effects[technique].caps ?? {})) {
      caps[name] = Math.min(caps[name] ?? value, value);
    }
  }
  return caps;
}

function urgency(document, standing) {
  const flags = standing.map(({ rule }) => rule.red_flag).filter((flag) => flag !== null);
  return gravest(document.words.urgencies, flags.map((flag) => flag.urgency));
}

function gravest(words, found) {
  return words[Math.max(0, ...found.map((word) => words.indexOf(word)))];
}

// --- people in, screenings out ---------------------------------------------------------------

const document = JSON.parse(readFileSync(process.argv[2], "utf-8"));
if (document.schema !== "ventosa/rules/1") throw new Error(`cannot read ${document.schema}`);
for await (const line of createInterface({ input: process.stdin })) {
  const facts = JSON.parse(line);
  const truths = document.rules.map((rule) => evaluate(rule.when, facts));
  const screened = { truths };
  for (const stage of document.words.stages) screened[stage] = screen(document, truths, stage);
  writeSync(1, JSON.stringify(screened) + "\n");
}
