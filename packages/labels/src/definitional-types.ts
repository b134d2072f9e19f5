/** Types of definitions: they define codes and procedures, and are not about persons. They have no labels. */
const definitional: ReadonlySet<string> = new Set([
  ...['ActivityDefinition', 'ActorDefinition', 'CapabilityStatement', 'ChargeItemDefinition', 'CodeSystem'],
  ...['CompartmentDefinition', 'ConceptMap', 'ConditionDefinition', 'EventDefinition', 'ExampleScenario'],
  ...['GraphDefinition', 'ImplementationGuide', 'Library', 'Measure', 'MessageDefinition', 'NamingSystem'],
  ...['ObservationDefinition', 'OperationDefinition', 'PlanDefinition', 'Questionnaire', 'Requirements'],
  ...['SearchParameter', 'SpecimenDefinition', 'StructureDefinition', 'StructureMap', 'SubscriptionTopic'],
  ...['TerminologyCapabilities', 'TestPlan', 'TestScript', 'ValueSet'],
]);

/** Whether resources of a type are definitions. */
export function tellsOfNobody(type: string): boolean {
  return definitional.has(type);
}
