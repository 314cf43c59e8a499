//! One-to-one assignment.

use ndarray::ArrayView2;

/// Pairs rows with columns, each at most once, so that the sum of their scores is as large
/// as possible. Returns `min(rows, columns)` pairs `(row, column)` in the order of rows.
///
/// The Hungarian method with potentials (Kuhn 1955; Jonker & Volgenant 1987),
/// cubic in the size. Infinite scores count as ±1e9, NaN as -1e9.
pub fn assign(scores: ArrayView2<f64>) -> Vec<(usize, usize)> {
    if scores.nrows() > scores.ncols() {
        let turned = assign(scores.reversed_axes());
        let mut pairs: Vec<_> = turned.into_iter().map(|(column, row)| (row, column)).collect();
        pairs.sort_unstable();
        return pairs;
    }
    let costs = scores.mapv(|x| if x.is_nan() { 1e9 } else { -x.clamp(-1e9, 1e9) });
    let mut search = AssignmentSearch {
        row_of: vec![None; costs.ncols()],
        row_potential: vec![0.0; costs.nrows()],
        column_potential: vec![0.0; costs.ncols()],
        costs,
    };
    (0..search.costs.nrows()).for_each(|row| search.place(row));
    let found = search.row_of.iter().enumerate();
    let mut pairs: Vec<_> =
        found.filter_map(|(column, row)| row.map(|row| (row, column))).collect();
    pairs.sort_unstable();
    pairs
}

/// A cheapest assignment of the rows placed so far. No cost is below the sum of its row's
/// and its column's potential; for assigned pairs, the two are equal.
struct AssignmentSearch {
    costs: ndarray::Array2<f64>,
    row_of: Vec<Option<usize>>,
    row_potential: Vec<f64>,
    column_potential: Vec<f64>,
}

impl AssignmentSearch {
    /// Assigns `row` a column by the cheapest path that reassigns other rows.
    fn place(&mut self, row: usize) {
        let columns = self.row_of.len();
        let mut distance = vec![f64::INFINITY; columns];
        let mut came_from: Vec<Option<usize>> = vec![None; columns];
        let mut done = vec![false; columns];
        let (mut from, mut last, mut travelled) = (row, None, 0.0);
        let free = loop {
            let mut nearest: Option<usize> = None;
            for column in (0..columns).filter(|&column| !done[column]) {
                let slack = self.costs[(from, column)]
                    - self.row_potential[from]
                    - self.column_potential[column];
                if travelled + slack < distance[column] {
                    distance[column] = travelled + slack;
                    came_from[column] = last;
                }
                if nearest.is_none_or(|best| distance[column] < distance[best]) {
                    nearest = Some(column);
                }
            }
            let column = nearest.expect("fewer rows than columns are placed");
            (last, travelled, done[column]) = (Some(column), distance[column], true);
            match self.row_of[column] {
                Some(next) => from = next,
                None => break column,
            }
        };
        self.row_potential[row] += travelled;
        for column in (0..columns).filter(|&column| done[column]) {
            let shift = travelled - distance[column];
            self.column_potential[column] -= shift;
            if let Some(row) = self.row_of[column] {
                self.row_potential[row] += shift;
            }
        }
        let mut column = free;
        while let Some(before) = came_from[column] {
            self.row_of[column] = self.row_of[before];
            column = before;
        }
        self.row_of[column] = Some(row);
    }
}
