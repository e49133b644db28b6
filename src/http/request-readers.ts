/** JSON of a body to a request in the one form that its question has: what the routes and the command share. */
import { inOneForm } from './one-form.ts';
import { createReader, type Reader } from './read-request.ts';
import { referenceFaults, withCatalogNames } from './references.ts';
import { EstimateRequest, PlanRequest, VerificationRequest } from './schemas/request.ts';

const planReader = createReader(PlanRequest, referenceFaults);
const estimateReader = createReader(EstimateRequest, referenceFaults);
const verificationReader = createReader(VerificationRequest, referenceFaults);

/** Each throws a ProblemError that has every fault. */
export const readPlanRequest: Reader<PlanRequest> = (value) => inOneForm(planReader(value));
export const readEstimateRequest: Reader<EstimateRequest> = (value) => withCatalogNames(estimateReader(value));
export const readVerificationRequest: Reader<VerificationRequest> = (value) =>
  withCatalogNames(verificationReader(value));
