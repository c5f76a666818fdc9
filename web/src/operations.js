import { Kind, OperationTypeNode, parse } from 'graphql';

/**
 * Reports whether a document only reads, so that it may run without being
 * asked for: an address that somebody else made must never write.
 */
export function onlyReads(document) {
  const operations = operationsOf(document);
  return operations.length > 0 && operations.every(o => o.operation === OperationTypeNode.QUERY);
}

/** The names of a document's operations; null for one without a name. */
export function operationNames(document) {
  return operationsOf(document).map(o => o.name?.value ?? null);
}

/** The operations of a document; none if it does not parse. */
function operationsOf(document) {
  try {
    return parse(document).definitions.filter(d => d.kind === Kind.OPERATION_DEFINITION);
  } catch {
    return [];
  }
}

/**
 * Returns the fields that an operation selects, as nested maps from response
 * keys; a field without fields of its own is null. Null if the document does
 * not parse.
 */
export function selectedFields(document, operationName) {
  let definitions;
  try {
    ({ definitions } = parse(document));
  } catch {
    return null;
  }
  const operations = definitions.filter(d => d.kind === Kind.OPERATION_DEFINITION);
  const operation = operations.find(o => o.name?.value === operationName) ?? operations[0];
  const fragments = new Map(
    definitions.filter(d => d.kind === Kind.FRAGMENT_DEFINITION).map(d => [d.name.value, d]),
  );
  return operation ? addFields(new Map(), operation.selectionSet, fragments, new Set()) : null;
}

function addFields(fields, { selections }, fragments, spread) {
  for (const selection of selections) {
    if (selection.kind === Kind.FIELD) {
      const key = (selection.alias ?? selection.name).value;
      const below = selection.selectionSet;
      fields.set(key, below ? addFields(fields.get(key) ?? new Map(), below, fragments, spread) : null);
    } else if (selection.kind === Kind.INLINE_FRAGMENT) {
      addFields(fields, selection.selectionSet, fragments, spread);
    } else if (!spread.has(selection.name.value) && fragments.has(selection.name.value)) {
      const { name, selectionSet } = fragments.get(selection.name.value);
      addFields(fields, selectionSet, fragments, new Set([...spread, name.value])); // a ring of fragments ends
    }
  }
  return fields;
}
