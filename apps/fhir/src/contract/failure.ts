export interface FailureResponse {
  status: number;
  headers: Record<string, string>;
  body: string;
}
